/** Owns answering whoever asks a machine for files that it does not serve: programs are told why, not shown the page. */
import type { RequestListener } from 'node:http'
import type { AppError } from '@towline/protocol'
import { problemAnswer } from './problem-answer.ts'

export const noFiles =
  (why: AppError): RequestListener =>
  (_request, response) =>
    problemAnswer(response, why)

/** Owns one read of the control API: the connection is closed whatever comes. */
import { ApiClient } from '@towline/sdk'
import type { Connection } from '../context/connection.ts'

/** The JSON of a 2xx answer. Rejects with the server's AppError, or with why it is not reached. */
export const callApi = async ({ url, token, ca }: Connection, path: string, signal?: AbortSignal): Promise<unknown> => {
  const client = new ApiClient({ url, token, ca })
  try {
    return await client.call({ method: 'GET', path, signal })
  } finally {
    client.close()
  }
}

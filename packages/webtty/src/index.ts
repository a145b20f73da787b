/** Face of the webtty room: terminals, commands and files, over streams that are handed in. */
export type { Carrier, CarrierEnd, CarrierSink } from './carrier/carrier.ts'
export type { Participation, ProcessSink, Session, Sessions } from './session/session-types.ts'
export { type Files, type FilesFacts, type FilesOptions, openFiles } from './files/open-files.ts'
export type { FailedEntry, FileInfo, FileType } from './files/root/entry.ts'
export type { FolderPage } from './files/routes/get-ls.ts'
export {
  createFilesClient,
  type FilesClient,
  type FilesClientOptions,
  type LsOptions,
  type ReadBytes,
  type ReadOptions,
} from './files/client/files-client.ts'
export type { Connect } from './files/client/dial-agent.ts'
export type { DownloadOptions } from './files/client/download.ts'
export type { Uploaded, UploadOptions } from './files/client/upload.ts'
export type { WriteOptions, Written } from './files/client/write.ts'

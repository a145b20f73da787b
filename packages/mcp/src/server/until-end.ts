/** Owns hearing when an answer is over: read to its end, broken off by its reader, or broken. */

/** The same answer; `over` is called once. */
export const untilEnd = (response: Response, over: () => void): Response => {
  if (!response.body) {
    over()
    return response
  }
  const reader = response.body.getReader()
  let told = false
  const tell = (): void => {
    if (told) return
    told = true
    over()
  }
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read()
        if (!done) return controller.enqueue(value)
        tell()
        controller.close()
      } catch (error) {
        tell()
        controller.error(error)
      }
    },
    cancel: async (reason) => {
      tell()
      await reader.cancel(reason)
    },
  })
  const { status, statusText, headers } = response
  return new Response(body, { status, statusText, headers })
}

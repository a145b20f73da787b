/** Owns a workstation without a login, a server whose owner can allow one, and a service to show. */
import { type Browser, type Home, openHome, openHttpService, type Service, startUp, type Up } from '@towline/testkit'
import { endSupervisor } from '../local/local.fixture.ts'
import { becomeOwnerOf } from '../oauth/login.ts'

export interface Workstation extends AsyncDisposable {
  readonly up: Up
  /** URL of the server. */
  readonly server: string
  readonly home: Home
  /** Of the owner. */
  readonly ada: Browser
  readonly web: Service
}

/** `body`: what the service answers. */
export const openWorkstation = async (body: string): Promise<Workstation> => {
  const up = await startUp()
  const home = openHome()
  const close = async (web?: Service): Promise<void> => {
    await endSupervisor(home)
    await home.close()
    await up.close()
    await web?.close()
  }
  try {
    const ada = await becomeOwnerOf(up)
    const web = await openHttpService((_request, response) => response.end(body))
    return {
      ...{ up, home, ada, web, server: `http://localhost:${up.port}` },
      [Symbol.asyncDispose]: () => close(web),
    }
  } catch (error) {
    await close()
    throw error
  }
}

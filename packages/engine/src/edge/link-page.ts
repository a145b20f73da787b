/** Owns what people read who come to a terminal without a link that lets them in. */
import { TOKEN_PARAMETER } from '@towline/protocol'

/**
 * The page of the terminal takes the token out of the address and leaves it with the tab. Who loads it again comes here, and is
 * sent back with that token, once: a token that is no longer good is forgotten.
 */
export const RETURN_SCRIPT =
  `const name=${JSON.stringify(TOKEN_PARAMETER)},token=sessionStorage.getItem(name);sessionStorage.removeItem(name);` +
  `if(token)location.replace(location.pathname+"?"+name+"="+encodeURIComponent(token))`

/** The middle of a page. `url` is the address of the terminal, safe to stand in HTML. */
export const linkWords = (url: string): string =>
  `<h1>This terminal opens by a link</h1><p>The link is missing here, or it has expired, or was withdrawn.</p>` +
  `<p>Make one on your own computer, and open what it prints:</p><p><kbd>towline webtty browse --url ${url}</kbd></p>`

/** Owns the script that lets a browser's passkeys speak with us; without it every page still works by password. */

export const PASSKEY_SCRIPT = `const base = '/api/auth/passkey/'
const problem = document.getElementById('passkey-problem')
const tell = (error) => {
  problem.textContent = error.name === 'NotAllowedError' ? 'The passkey was not used.' : String(error.message)
  problem.hidden = false
}
const call = async (path, body) => {
  const answer = await fetch(base + path, body === undefined ? {} : {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error('The server refused the passkey.')
  return answer.json()
}
const signIn = async (to) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await call('generate-authenticate-options'))
  const response = await navigator.credentials.get({ publicKey })
  await call('verify-authentication', { response: response.toJSON() })
  location.assign(to)
}
const add = async () => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await call('generate-register-options'))
  const response = await navigator.credentials.create({ publicKey })
  await call('verify-registration', { response: response.toJSON() })
  location.reload()
}
const offer = (id, act) => {
  const button = document.getElementById(id)
  if (!button || !window.PublicKeyCredential?.parseRequestOptionsFromJSON) return
  button.hidden = false
  button.addEventListener('click', () => act(button.dataset.return).catch(tell))
}
offer('passkey-sign-in', signIn)
offer('passkey-add', add)
`

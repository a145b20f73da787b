/** Owns telling which variables of the server are secrets, by their names and by what they hold. */

/** Parts of names, in any case. */
const SECRET_NAME =
  /^TOWLINE_|TOKEN|SECRET|KEY|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|COOKIE|SESSION_ID|_PAT$|_AUTH$|^AUTH_|_DSN$|^AWS_|^AZURE_|^GOOGLE_|^KUBECONFIG$|^PG(PASS|SERVICE)|^SSH_(AUTH_SOCK|AGENT_PID|ASKPASS)$|^GPG_AGENT_INFO$|^GIT_ASKPASS$|^DBUS_SESSION_BUS_ADDRESS$|^NOTIFY_SOCKET$|^INVOCATION_ID$|^NETRC$/i

/** A URL with a user and password in it. */
const SECRET_VALUE = /:\/\/[^/\s:@]*:[^/\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY/

/** What is left of an environment without them. */
export const withoutSecrets = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !SECRET_NAME.test(entry[0]) && !SECRET_VALUE.test(entry[1]),
    ),
  )

/** Owns how pages look, on a phone first. */

export const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; padding: 1rem; }
main { max-width: 30rem; margin: 0 auto; }
.brand { margin: 0; font-weight: 700; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 1rem; }
h2 { font-size: 1.125rem; margin: 2rem 0 .5rem; }
form { display: grid; gap: .5rem; margin: 1rem 0; }
label { font-weight: 600; }
input { font: inherit; padding: .625rem; border: 1px solid #888; border-radius: .375rem; min-width: 0; }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1rem; border: 0; border-radius: .375rem; background: #0b57d0; color: #fff; cursor: pointer; }
button.quiet { background: transparent; color: inherit; border: 1px solid #888; width: 100%; }
fieldset { border: 1px solid #888; border-radius: .375rem; display: grid; gap: .75rem; }
.tick { display: flex; gap: .625rem; align-items: flex-start; font-weight: 400; }
.tick input { inline-size: 1.25rem; block-size: 1.25rem; flex: none; margin-top: .125rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
.asked { font-size: 1.125rem; font-weight: 600; margin: 0 0 1rem; overflow-wrap: anywhere; }
pre { margin: 1rem 0; padding: .75rem; border: 1px solid #8888; border-radius: .375rem; font: .875rem/1.4 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.code { font-family: ui-monospace, monospace; letter-spacing: .1em; text-transform: uppercase; }
.problem { border-left: .25rem solid #c5221f; padding: .25rem .75rem; }
.note { font-size: .875rem; opacity: .8; }
section { border-top: 1px solid #8884; }
[hidden] { display: none; }
`

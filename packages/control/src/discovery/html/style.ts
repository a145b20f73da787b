/** Owns how pages look, and the icon: one stylesheet and one drawing of our own origin, no script, no font of others. */

export const STYLE_PATH = '/assets/site.css'
export const ICON_PATH = '/assets/icon.svg'

export const STYLE = `:root{color-scheme:light dark;--ink:#1c2127;--soft:#59636e;--line:#d8dee4;--back:#fff;--code:#f4f6f8;--link:#0b63c5}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ec;--soft:#9aa4ae;--line:#323a43;--back:#14181c;--code:#1e242a;--link:#6cb2ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.6 system-ui,sans-serif}
a{color:var(--link)}
a:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-999px}
.skip:focus{left:1rem;top:.5rem;background:var(--back)}
header{border-bottom:1px solid var(--line);padding:.75rem 1.5rem;display:flex;gap:1.5rem;flex-wrap:wrap;align-items:baseline}
header a{text-decoration:none}
header .name{font-weight:700;color:var(--ink)}
header .raw{margin-left:auto}
.sheet{display:flex;max-width:78rem;margin:0 auto}
nav.pages{flex:0 0 15rem;padding:1.5rem 1rem 3rem 1.5rem;font-size:.9rem;border-right:1px solid var(--line)}
nav.pages h2{font-size:.75rem;letter-spacing:.05em;text-transform:uppercase;color:var(--soft);margin:1.2rem 0 .3rem}
nav.pages ul{list-style:none;margin:0;padding:0}
nav.pages a{display:block;padding:.1rem 0;color:var(--ink);text-decoration:none}
nav.pages a[aria-current]{color:var(--link);font-weight:600}
main{flex:1;min-width:0;padding:1.5rem 2rem 4rem}
main>*{max-width:50rem}
h1{line-height:1.2;margin-top:.5rem}
h2{margin-top:2.2rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}
code{background:var(--code);padding:.1em .3em;border-radius:4px;font-size:.9em;overflow-wrap:break-word}
pre{background:var(--code);padding:.9rem 1rem;border-radius:6px;overflow-x:auto}
pre code{background:none;padding:0;overflow-wrap:normal}
table{border-collapse:collapse;display:block;overflow-x:auto;max-width:100%}
th,td{border:1px solid var(--line);padding:.35rem .6rem;text-align:left;vertical-align:top}
th{background:var(--code)}
@media(max-width:50rem){.sheet{flex-direction:column-reverse}nav.pages{border-right:0;border-top:1px solid var(--line)}}
`

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b63c5"/><path d="M7 11h18M16 11v13" stroke="#fff" stroke-width="3.5" stroke-linecap="round"/></svg>
`

/** Makes the command line ready to run: installs and bundles what changed. Called by ./towline; nothing on stdout. */
import { bundle } from './build.mjs'
import { install } from './install.mjs'

process.exitCode = (await install()) && (await bundle()) ? 0 : 1

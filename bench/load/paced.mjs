/** Asks one URL at an even pace, whatever the answers take; prints p50 and p99 of the milliseconds, and how many failed. */
import http from 'node:http'
import { quantile } from '../lib/stats.mjs'

const { url, token, perSecond, ms } = JSON.parse(process.argv[2])
const agent = new http.Agent({ keepAlive: true })
/** The first answers pay for what later ones find warm. */
const WARM = 10
const times = []
let failures = 0

function ask() {
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const fail = () => resolve(void (failures += 1))
    const request = http.get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (answer) => {
      answer.resume()
      answer.on('error', fail).on('end', () => {
        if (answer.statusCode !== 200) return fail()
        times.push(performance.now() - startedAt)
        resolve()
      })
    })
    request.on('error', fail)
  })
}

const asked = []
const total = Math.round((perSecond * ms) / 1000)
await new Promise((resolve) => {
  const timer = setInterval(() => {
    asked.push(ask())
    if (asked.length < total) return
    clearInterval(timer)
    resolve()
  }, 1000 / perSecond)
})
await Promise.all(asked)
agent.destroy()
const warm = times.slice(WARM)
console.log(JSON.stringify({ p50: quantile(warm, 0.5), p99: quantile(warm, 0.99), failures }))

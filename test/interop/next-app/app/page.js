// oxlint-disable import/no-default-export -- Next.js finds its pages by them
import { Counter } from './counter.js'

export default function Page() {
  return (
    <main>
      <h1>Published by Towline</h1>
      <Counter />
    </main>
  )
}

'use client'
import { useState } from 'react'

/** Its state is lost when the page is loaded anew, and kept when only the code is changed. */
export function Counter() {
  const [count, setCount] = useState(0)
  return (
    <button type="button" onClick={() => setCount(count + 1)}>
      first edition, pressed {count} times
    </button>
  )
}

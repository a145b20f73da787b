// oxlint-disable import/no-default-export -- Next.js finds its pages by them
export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  )
}

import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useTitle } from '../hooks/use-title.ts'
import { Link } from './link.tsx'
import { Mark } from './mark.tsx'
import { PanePage } from './pane-page.tsx'

interface ReadingPageProps {
  readonly title: string
  /** It stands in the main pane of somebody who is signed in; else it is a page of its own. */
  readonly isInside: boolean
  readonly children: ComponentChildren
}

/** A page of words that works without the server, for people who are signed in and for those who are not. */
export function ReadingPage({ title, isInside, children }: ReadingPageProps) {
  if (!isInside) return <OwnPage title={title}>{children}</OwnPage>
  return (
    <PanePage title={title} sheet="reading prose">
      {children}
    </PanePage>
  )
}

interface OwnPageProps {
  readonly title: string
  readonly children: ComponentChildren
}

function OwnPage({ title, children }: OwnPageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  useTitle(`${title} · Letterlock`)
  return (
    <main class="reading">
      <h1 class="brand">
        <Mark />
        Letterlock
      </h1>
      <h2 ref={heading} tabIndex={-1}>
        {title}
      </h2>
      <div class="prose">{children}</div>
      <p>
        <Link to={{ name: 'sign-in' }}>Back to sign in</Link>
      </p>
    </main>
  )
}

import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useTitle } from '../hooks/use-title.ts'
import { leaveToList } from '../routes.ts'
import { IconButton } from './button.tsx'
import { BackIcon } from './icons.tsx'
import { Link } from './link.tsx'
import { Mark } from './mark.tsx'

interface ReadingPageProps {
  readonly title: string
  /** It stands in the main pane of somebody who is signed in; else it is a page of its own. */
  readonly isInside: boolean
  readonly children: ComponentChildren
}

/** A page of words that works without the server, for people who are signed in and for those who are not. */
export function ReadingPage({ title, isInside, children }: ReadingPageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const head = (
    <h2 id="reading-title" ref={heading} tabIndex={-1}>
      {title}
    </h2>
  )
  if (!isInside)
    return (
      <OwnPage title={title} head={head}>
        {children}
      </OwnPage>
    )
  return (
    <section class="conversation" aria-labelledby="reading-title">
      <header class="conversation-head">
        <span class="back">
          <IconButton label="Back to conversations" onPress={leaveToList}>
            <BackIcon />
          </IconButton>
        </span>
        <div class="conversation-title">{head}</div>
      </header>
      <div class="account-scroll">
        <div class="reading prose">{children}</div>
      </div>
    </section>
  )
}

interface OwnPageProps {
  readonly title: string
  readonly head: ComponentChildren
  readonly children: ComponentChildren
}

function OwnPage({ title, head, children }: OwnPageProps) {
  useTitle(`${title} · Letterlock`)
  return (
    <main class="reading">
      <h1 class="brand">
        <Mark />
        Letterlock
      </h1>
      {head}
      <div class="prose">{children}</div>
      <p>
        <Link to={{ name: 'sign-in' }}>Back to sign in</Link>
      </p>
    </main>
  )
}

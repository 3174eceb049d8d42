import type { ComponentChildren } from 'preact'
import type { MessageState } from '../../client/contract/conversation.ts'
import { STATE_WORDS } from '../words.ts'

const SHAPES: Readonly<Record<MessageState, ComponentChildren>> = {
  waiting: (
    <>
      <circle cx="6" cy="8" r="5.25" />
      <path d="M6 5v3l2 1.3" />
      <circle cx="16.5" cy="8" r="2.5" />
      <path d="M19 8h6.250M22 8v2.250M25.25 8v2.750" />
    </>
  ),
  queued: (
    <>
      <circle cx="10" cy="8" r="5.25" />
      <path d="M10 5v3l2 1.3" />
    </>
  ),
  sent: <path d="M5.5 8.3 9 11.700l6-7.2" />,
  delivered: <path d="M2 8.300l3.5 3.4 6-7.200M9.3 10.600l1.2 1.1 6-7.2" />,
  failed: (
    <>
      <circle cx="10" cy="8" r="5.25" />
      <path d="M10 5.200v3.300M10 10.500v.2" />
    </>
  ),
}

/** How far an own message has come: a small drawing with its words as text alternative and tooltip. */
export function StateMark({ state }: { state: MessageState }) {
  const words = STATE_WORDS[state]
  return (
    <svg
      class={`state-mark state-${state}`}
      viewBox={state === 'waiting' ? '0 0 27 16' : '0 0 20 16'}
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      {SHAPES[state]}
    </svg>
  )
}

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { RefObject } from 'preact'
import type { TimelineItem } from '../../client/contract/conversation.ts'

/** Closer to the end than this counts as being there, in CSS pixels. */
const AT_END_PX = 40
/** Older items are asked for when the beginning is this near. */
const NEAR_START_PX = 400
/** So much of what was read before stands above the line of new messages. */
const UNREAD_TOP_PX = 96

interface Anchor {
  readonly id: string
  readonly topPx: number
}

export interface LogScroll {
  readonly isAtEnd: boolean
  readonly onScroll: () => void
  readonly goToEnd: () => void
}

/**
 * Keeps a scrolling log where the reader left it: at the end while they are there, and otherwise on the same line
 * when items come in above or below. What the reader writes leads to the end. Calls `onNearStart` when the reader comes near the beginning.
 */
export function useLogScroll(
  log: RefObject<HTMLElement | null>,
  items: readonly TimelineItem[],
  onNearStart: () => void,
): LogScroll {
  const [isAtEnd, setIsAtEnd] = useState(true)
  const wasAtEnd = useRef(true)
  const size = useRef('')
  const newestId = useRef<string | undefined>(undefined)
  const anchor = useRef<Anchor | null>(null)

  function look(element: HTMLElement): void {
    size.current = sizeOf(element)
    wasAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PX
    setIsAtEnd(wasAtEnd.current)
    anchor.current = findAnchor(element)
  }

  /** What changes the size of the log (a strip above the field, the keyboard of a phone, a turn of it) does not take the reader from its end. */
  function keepEnd(element: HTMLElement): void {
    const isResized = sizeOf(element) !== size.current
    if (isResized && wasAtEnd.current) element.scrollTop = element.scrollHeight
    look(element)
  }

  function onScroll(): void {
    if (!log.current) return
    keepEnd(log.current)
    if (log.current.scrollTop < NEAR_START_PX) onNearStart()
  }

  useLayoutEffect(() => {
    const element = log.current
    if (!element) return
    const isFirst = newestId.current === undefined
    const newest = items.at(-1)
    const hasNewOwn = newest?.kind === 'message' && newest.isMine && newest.id !== newestId.current
    newestId.current = newest?.id
    if (isFirst) element.scrollTop = findStart(element)
    else if (wasAtEnd.current || hasNewOwn) element.scrollTop = element.scrollHeight
    else restoreAnchor(element, anchor.current)
    look(element)
    if (element.scrollTop < NEAR_START_PX) onNearStart()
  }, [items])

  useEffect(() => {
    const element = log.current
    if (!element) return undefined
    const observer = new ResizeObserver(() => keepEnd(element))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  return {
    isAtEnd,
    onScroll,
    goToEnd: () => log.current?.scrollTo({ top: log.current.scrollHeight, behavior: chooseMotion() }),
  }
}

function sizeOf(log: HTMLElement): string {
  return `${log.clientWidth} ${log.clientHeight}`
}

function chooseMotion(): ScrollBehavior {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth'
}

/** Where reading begins: at the line of new messages, or at the end. */
function findStart(log: HTMLElement): number {
  const line = log.querySelector<HTMLElement>('.unread-line')
  return line ? line.offsetTop - UNREAD_TOP_PX : log.scrollHeight
}

/** The first line in view, and where it stands. */
function findAnchor(log: HTMLElement): Anchor | null {
  for (const line of log.querySelectorAll<HTMLElement>('[data-id]')) {
    const topPx = line.offsetTop - log.scrollTop
    if (topPx + line.offsetHeight > 0) return { id: line.dataset['id'] ?? '', topPx }
  }
  return null
}

function restoreAnchor(log: HTMLElement, anchor: Anchor | null): void {
  if (anchor === null) return
  const line = log.querySelector<HTMLElement>(`[data-id="${CSS.escape(anchor.id)}"]`)
  if (line) log.scrollTop = line.offsetTop - anchor.topPx
}

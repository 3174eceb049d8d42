import type { BubbleItem } from '../timeline/rows.ts'
import { describeInFull, describeTime } from '../timeline/days.ts'
import { describeUnreadable } from '../words.ts'
import { KeyGoneMark } from './key-gone-mark.tsx'
import { MessageText } from './message-text.tsx'
import { StateMark } from './state-mark.tsx'

interface BubbleProps {
  readonly item: BubbleItem
  readonly contactName: string
  readonly startsGroup: boolean
  readonly endsGroup: boolean
}

/** One message: its text, its time and how far it has come. */
export function Bubble({ item, contactName, startsGroup, endsGroup }: BubbleProps) {
  return (
    <li
      class={`line ${item.isMine ? 'line-mine' : 'line-theirs'}${startsGroup ? ' line-starts' : ''}`}
      data-id={item.id}
    >
      <div class={toBubbleClass(item, startsGroup, endsGroup)}>
        <span class="hidden-words">{item.isMine ? 'You: ' : `${contactName}: `}</span>
        <span class="bubble-text" dir="auto">
          {item.kind === 'message' ? <MessageText text={item.text} /> : describeUnreadable(item.reason)}
        </span>
        <BubbleFoot item={item} contactName={contactName} />
      </div>
    </li>
  )
}

function BubbleFoot({ item, contactName }: Pick<BubbleProps, 'item' | 'contactName'>) {
  return (
    <span class="bubble-foot">
      {item.kind === 'message' && item.isFromElsewhere && <span>from another browser</span>}
      {item.kind === 'message' && item.isShared && (
        <span class="shared-mark" title={`This browser could not read it. It is what ${contactName} shared.`}>
          shared again by {contactName}
        </span>
      )}
      {item.kind === 'message' && item.isKeyGone && <KeyGoneMark />}
      <time dateTime={new Date(item.at).toISOString()} title={describeInFull(item.at)}>
        {describeTime(item.at)}
      </time>
      {item.kind === 'message' && item.state !== null && <StateMark state={item.state} />}
    </span>
  )
}

function toBubbleClass(item: BubbleItem, startsGroup: boolean, endsGroup: boolean): string {
  const names = ['bubble']
  if (startsGroup) names.push('bubble-starts')
  if (endsGroup) names.push('bubble-ends')
  if (item.kind === 'unreadable') names.push('bubble-unreadable')
  if (item.kind === 'message' && item.state === 'failed') names.push('bubble-failed')
  return names.join(' ')
}

import type { JSX } from 'preact'
import type { NoticeKind } from '../../client/contract/conversation.ts'
import type { NoticeItem } from '../timeline/rows.ts'
import { describeInFull } from '../timeline/days.ts'
import { describeNotice } from '../words.ts'
import {
  DeviceIcon,
  HistoryIcon,
  KeyIcon,
  LockIcon,
  RefreshIcon,
  ShieldAlertIcon,
  WarningIcon,
} from './icons.tsx'

const ICONS: Readonly<Record<NoticeKind, () => JSX.Element>> = {
  'keys-exchanged': LockIcon,
  'keys-changed': RefreshIcon,
  'security-code-changed': ShieldAlertIcon,
  'keys-lost-here': KeyIcon,
  'exchange-failed': WarningIcon,
  'keys-elsewhere': DeviceIcon,
  'messages-missing': WarningIcon,
  'log-differs': WarningIcon,
  'contact-went-back': WarningIcon,
  'copied-browser': ShieldAlertIcon,
  'history-asked': HistoryIcon,
  'history-asked-here': HistoryIcon,
  'history-shared-here': HistoryIcon,
}

/** Something that happened in the conversation besides messages. */
export function NoticeLine({ item, contactName }: { item: NoticeItem; contactName: string }) {
  const NoticeIcon = ICONS[item.notice]
  return (
    <li class="notice" data-id={item.id} title={describeInFull(item.at)}>
      <span class={`notice-words notice-${item.notice}`}>
        <NoticeIcon />
        <span>{describeNotice(item.notice, contactName)}</span>
      </span>
    </li>
  )
}

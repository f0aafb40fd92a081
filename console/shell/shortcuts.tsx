// `?` shows what the keyboard can do; `g` and a letter goes to a place.
import { Kbd, Modal, Table } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

const places = { o: '/', a: '/automations', p: '/plans', r: '/runs' } as const;
const chordMs = 1_000;

const list: readonly (readonly [string, string])[] = [
  ['Ctrl K', 'find any plan, run, automation, page or action'],
  ['g o', 'overview'],
  ['g a', 'automations'],
  ['g p', 'plans'],
  ['g r', 'runs'],
  ['j, k', 'in a plan: next and previous person'],
  ['/', 'in a plan: search'],
  ['?', 'these shortcuts'],
];

export function Shortcuts() {
  const [opened, { open, close }] = useDisclosure(false);
  useHotkeys([['shift+?', open]]);
  useGo();
  return (
    <Modal opened={opened} onClose={close} title="Keyboard shortcuts">
      <Table withRowBorders={false}>
        <Table.Tbody>
          {list.map(([keys, does]) => (
            <Table.Tr key={keys}>
              <Table.Td>
                <Kbd>{keys}</Kbd>
              </Table.Td>
              <Table.Td>{does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}

function useGo(): void {
  const navigate = useNavigate();
  const began = useRef(0);
  useEffect(() => {
    function pressed(event: KeyboardEvent): void {
      const inField =
        event.target instanceof HTMLElement &&
        /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
      const place = Object.entries(places).find(([key]) => key === event.key)?.[1];
      if (event.key === 'g') began.current = event.timeStamp;
      else if (place !== undefined && event.timeStamp - began.current < chordMs) {
        void navigate({ to: place });
      }
    }
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [navigate]);
}

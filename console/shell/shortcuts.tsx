// `?` shows what the keyboard can do; `g` and a letter goes to a place.
import { Kbd, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { places } from './places.ts';

const chordMs = 1_000;

const list: readonly (readonly [readonly string[], string])[] = [
  [['Ctrl', 'K'], 'find a person, a page, an automation, a plan or a run'],
  ...places.map(({ letter, label }) => [['g', letter], `go to ${label}`] as const),
  [['j'], 'in a plan: the next person'],
  [['k'], 'in a plan: the person before'],
  [['/'], 'in a plan: search'],
  [['?'], 'these shortcuts'],
];

export function Shortcuts() {
  const [opened, { open, close }] = useDisclosure(false);
  useKeys(open);
  return (
    <Modal
      opened={opened}
      onClose={close}
      title="Keyboard shortcuts"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <dl className="shortcuts">
        {list.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}

/** By the letter a key writes, wherever a keyboard has it: on some, `?` needs no shift. */
function useKeys(help: () => void): void {
  const navigate = useNavigate();
  const began = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    function pressed(event: KeyboardEvent): void {
      const inField =
        event.target instanceof HTMLElement &&
        /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
      const place = places.find(({ letter }) => letter === event.key);
      if (event.key === '?') help();
      else if (event.key === 'g') began.current = event.timeStamp;
      else if (place !== undefined && event.timeStamp - began.current < chordMs) {
        void navigate({ to: place.to });
      }
    }
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [navigate, help]);
}

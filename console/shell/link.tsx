// Links that know the console's addresses, as text and as buttons.
import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import { type ComponentPropsWithRef, createElement } from 'react';

type TextProps = AnchorProps & Omit<ComponentPropsWithRef<'a'>, keyof AnchorProps>;
type KeyProps = ButtonProps & Omit<ComponentPropsWithRef<'a'>, keyof ButtonProps>;

export const TextLink = createLink((props: TextProps) => createElement(Anchor<'a'>, props));
export const ButtonLink = createLink((props: KeyProps) =>
  createElement(Button<'a'>, { component: 'a', ...props }),
);

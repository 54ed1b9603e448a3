import { render } from 'preact';
import { App } from './app.tsx';
import { browserDoor } from './browser-door.ts';
import { restoreAppearance } from './model/appearance.ts';
import { takeInviteFromAddress } from './model/invite-link.ts';
import { arrivedInvite } from './model/place.ts';
import './styles.ts';

// Before all else: the invite is secret, and an address is not.
arrivedInvite.value = takeInviteFromAddress(location, history);
addEventListener('hashchange', () => {
  arrivedInvite.value = takeInviteFromAddress(location, history) ?? arrivedInvite.value;
});
restoreAppearance();

const root = document.getElementById('app');
if (root === null) throw new TypeError('"#app" expected an element, got none');
render(<App door={browserDoor()} />, root);

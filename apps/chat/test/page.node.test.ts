import { accountTests } from './page/account-tests.ts';
import { contactTests } from './page/contact-tests.ts';
import { conversationTests } from './page/conversation-tests.ts';
import { hostileTests } from './page/hostile-tests.ts';
import { meetingTests } from './page/meeting-tests.ts';
import { usePage } from './page/page-use.ts';

// One file, so that one browser and one build of the page serve all.
usePage();
conversationTests();
contactTests();
meetingTests();
hostileTests();
accountTests();

import './styles/base.css';
import './styles/controls.css';
import './styles/frame.css';
import './styles/gate.css';
import './styles/conversation.css';
import './styles/screens.css';

// Where the script of an exported page begins: as main.js, for the one element that a page holds.

import { FieldView } from "./view.js";
import { answer } from "./worker.js";

if (self.document) customElements.define("redraw-field", FieldView);
else answer(self);

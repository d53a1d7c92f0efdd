// Where redraw-field.js begins: in a page it defines <redraw-field>, in a worker it answers the page.

import { RedrawField } from "./element.js";
import { answer } from "./worker.js";

if (!self.document) answer(self);
else if (!customElements.get("redraw-field")) customElements.define("redraw-field", RedrawField);

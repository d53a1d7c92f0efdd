// Where the second script of a page that plays begins, right behind the first.

import { addPlayer } from "./player.js";

if (self.document) addPlayer(document.querySelector("redraw-field"));

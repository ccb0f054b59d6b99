// Sets the colours before anything is drawn, so that a page in the dark does not flash. A classic script for that reason.
"use strict";

document.documentElement.dataset.theme = localStorage.getItem("cloudflows-theme") ?? "auto";

// Sets the colours before anything is drawn, so that a page in the dark does not flash. A classic script for that reason.
"use strict";

{
  let kept = null;
  try {
    kept = localStorage.getItem("cloudflows-theme");
  } catch {
    // The browser was told to keep nothing for any page.
  }
  document.documentElement.dataset.theme = ["light", "dark"].includes(kept) ? kept : "auto";
}

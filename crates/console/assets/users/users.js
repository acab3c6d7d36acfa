// The users of the configuration, or one's own: they look alike, and each has its own script.

await import(document.getElementById("users-page") ? "./list.js" : "./own.js");

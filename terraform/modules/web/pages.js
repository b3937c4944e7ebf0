// Chooses the file of a path. A path without a file extension is a page of an application that routes in the browser. A
// path with one stays, so that a missing asset is a 404 and never a page.
function handler(event) {
  var request = event.request;
  var file = request.uri.split('/').pop();
  if (!/\.[A-Za-z0-9]+$/.test(file)) {
    var isConsole = request.uri === '/console' || request.uri.startsWith('/console/');
    request.uri = isConsole ? '/console.html' : '/index.html';
  }
  return request;
}

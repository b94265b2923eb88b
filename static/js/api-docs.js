// Shows the API's own description. Kept in a file, because pages here run no inline script.
const target = document.getElementById("swagger-ui");
window.SwaggerUIBundle({
  url: target.dataset.document,
  domNode: target,
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor: (request) => request,
});

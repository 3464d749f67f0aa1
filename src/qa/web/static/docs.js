"use strict";

// Everything goes into the page as text: nothing of a description becomes markup.
function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(", ");
  if (schema.type === "array") return `list of ${typeOf(schema.items || {})}`;
  return schema.format ? `${schema.type} (${schema.format})` : schema.type || "anything";
}

function table(rows) {
  const made = element("table");
  for (const [name, schema, about] of rows) {
    const row = element("tr");
    row.append(element("td", name), element("td", typeOf(schema)), element("td", about || ""));
    made.append(row);
  }
  return made;
}

function operation(method, path, about) {
  const section = element("section");
  const heading = element("h3");
  heading.append(element("span", method, "method"), element("code", path));
  section.append(heading, element("p", about.summary));
  if (about.parameters.length) section.append(table(about.parameters.map((one) => [one.name, one.schema, one.description])));
  const body = about.requestBody?.content["application/json"].schema;
  if (body) section.append(element("p", `Body: ${typeOf(body)}`));
  for (const [status, response] of Object.entries(about.responses)) {
    const schema = Object.values(response.content || {})[0]?.schema;
    section.append(element("p", `${status}: ${schema ? typeOf(schema) : "nothing"}`));
  }
  return section;
}

function object(name, schema) {
  const section = element("section");
  section.append(element("h3", name), element("p", schema.description || ""));
  section.append(table(Object.entries(schema.properties || {}).map(([key, one]) => [key, one, one.description])));
  return section;
}

async function show() {
  const api = await (await fetch("/openapi.json")).json();
  const operations = document.getElementById("operations");
  for (const [path, methods] of Object.entries(api.paths))
    for (const [method, about] of Object.entries(methods)) operations.append(operation(method, path, about));
  const objects = document.getElementById("objects");
  for (const [name, schema] of Object.entries(api.components.schemas)) objects.append(object(name, schema));
}

show();

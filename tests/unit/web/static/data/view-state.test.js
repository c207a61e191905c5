import assert from "node:assert/strict";
import { test } from "node:test";

import { LEVELS } from "../../../../../userstatus/web/static/data/levels.js";
import { fromQuery, toQuery } from "../../../../../userstatus/web/static/data/view-state.js";

test("a URL without a query shows every level, in UTC, at the end", () => {
  assert.deepEqual(fromQuery(""), {
    levels: new Set(LEVELS),
    search: "",
    only: null,
    local: false,
    id: null,
    at: null,
  });
});

test("what is chosen comes back from the URL", () => {
  const state = {
    levels: new Set(["error", "critical"]),
    search: "a&b =ü",
    only: "mrc1",
    local: false,
    id: 42,
    at: 1795400000,
  };
  assert.deepEqual(fromQuery(toQuery(state, "")), state);
});

test("showing no level is not the same as showing all of them", () => {
  const none = { ...fromQuery(""), levels: new Set() };
  assert.equal(toQuery(none, ""), "?levels=");
  assert.equal(fromQuery("?levels=").levels.size, 0);
});

test("defaults are not in the URL", () => {
  assert.equal(toQuery(fromQuery(""), "?levels=info&search=x&time=local&id=3"), "");
});

test("the time zone is not put into the URL, but a link that names it is honoured until another is chosen", () => {
  const view = fromQuery("?time=local");
  assert.equal(view.local, true);
  assert.equal(toQuery(view, "?time=local"), "?time=local");
  assert.equal(toQuery(view, ""), "");
  assert.equal(toQuery({ ...view, local: false }, "?time=local"), "");
});

test("other parameters of the URL are kept", () => {
  assert.equal(toQuery({ ...fromQuery(""), search: "dome" }, "?theme=red"), "?theme=red&search=dome");
});

test("a time to go to is read in any of its forms, and ignored if it is none", () => {
  assert.equal(fromQuery("?at=2026-11-23T02:13Z").at, Date.UTC(2026, 10, 23, 2, 13) / 1000);
  assert.equal(toQuery(fromQuery("?at=2026-11-23 02:13"), ""), "?at=2026-11-23T02%3A13%3A00Z");
  assert.equal(fromQuery("?at=yesterday").at, null);
});

test("unknown levels are ignored", () => {
  assert.deepEqual(fromQuery("?levels=error,loud").levels, new Set(["error"]));
});

test("the first id there is can be gone to", () => {
  assert.equal(fromQuery("?id=1").id, 1);
});

test("an invalid id is ignored", () => {
  for (const id of ["", "x", "0", "-1", "1.5", "9007199254740993"])
    assert.equal(fromQuery(`?id=${id}`).id, null);
});

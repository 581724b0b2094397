import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/reference/graphql/scalars.md
var __pageData = JSON.parse("{\"title\":\"Scalars\",\"description\":\"\",\"frontmatter\":{},\"headers\":[],\"relativePath\":\"reference/graphql/scalars.md\",\"filePath\":\"reference/graphql/scalars.md\"}");
var _sfc_main = { name: "reference/graphql/scalars.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="scalars" tabindex="-1">Scalars <a class="header-anchor" href="#scalars" aria-label="Permalink to “Scalars”">​</a></h1><p>Generated from <a href="/source/packages/graphql/schema-graphql.html"><code>schema.graphql</code></a>; <a href="/graphql.html">by example</a>.</p><h2 id="cursor" tabindex="-1">Cursor <a class="header-anchor" href="#cursor" aria-label="Permalink to “Cursor”">​</a></h2><p>Opaque; compare only for equality</p><h2 id="datetime" tabindex="-1">DateTime <a class="header-anchor" href="#datetime" aria-label="Permalink to “DateTime”">​</a></h2><p>RFC 3339 instant</p><h2 id="json" tabindex="-1">JSON <a class="header-anchor" href="#json" aria-label="Permalink to “JSON”">​</a></h2><p>Any JSON value</p><h2 id="jsonobject" tabindex="-1">JSONObject <a class="header-anchor" href="#jsonobject" aria-label="Permalink to “JSONObject”">​</a></h2><p>JSON object</p><h2 id="url" tabindex="-1">URL <a class="header-anchor" href="#url" aria-label="Permalink to “URL”">​</a></h2></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("reference/graphql/scalars.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var scalars_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, scalars_default as default };

import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/source/packages/examples/subscriptions.md
var __pageData = JSON.parse("{\"title\":\"packages/examples/subscriptions\",\"description\":\"\",\"frontmatter\":{\"search\":false,\"editLink\":false},\"headers\":[],\"relativePath\":\"source/packages/examples/subscriptions.md\",\"filePath\":\"source/packages/examples/subscriptions.md\"}");
var _sfc_main = { name: "source/packages/examples/subscriptions.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="packagesexamplessubscriptions" tabindex="-1">packages/examples/subscriptions <a class="header-anchor" href="#packagesexamplessubscriptions" aria-label="Permalink to “packages/examples/subscriptions”">​</a></h1><ul><li><a href="/source/packages/examples/subscriptions/main-ts.html">main.ts</a></li><li><a href="/source/packages/examples/subscriptions/resume-ts.html">resume.ts</a></li></ul></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("source/packages/examples/subscriptions.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var subscriptions_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, subscriptions_default as default };

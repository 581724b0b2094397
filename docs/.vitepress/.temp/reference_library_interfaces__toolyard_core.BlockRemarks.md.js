import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/reference/library/interfaces/_toolyard_core.BlockRemarks.md
var __pageData = JSON.parse("{\"title\":\"Interface: BlockRemarks\",\"description\":\"\",\"frontmatter\":{},\"headers\":[],\"relativePath\":\"reference/library/interfaces/_toolyard_core.BlockRemarks.md\",\"filePath\":\"reference/library/interfaces/_toolyard_core.BlockRemarks.md\"}");
var _sfc_main = { name: "reference/library/interfaces/_toolyard_core.BlockRemarks.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="interface-blockremarks" tabindex="-1">Interface: BlockRemarks <a class="header-anchor" href="#interface-blockremarks" aria-label="Permalink to “Interface: BlockRemarks”">​</a></h1><p>Remarks of a server on a content block, as received.</p><h2 id="properties" tabindex="-1">Properties <a class="header-anchor" href="#properties" aria-label="Permalink to “Properties”">​</a></h2><h3 id="annotations" tabindex="-1">annotations? <a class="header-anchor" href="#annotations" aria-label="Permalink to “annotations?”">​</a></h3><div class="language-ts"><button title="Copy code" data-copied="Copied" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light github-dark" style="--shiki-light:#24292e;--shiki-dark:#e1e4e8;--shiki-light-bg:#fff;--shiki-dark-bg:#24292e;" tabindex="0" dir="ltr" v-pre=""><code><span class="line"><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;">readonly annotations</span><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">?:</span><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;"> JsonObject;</span></span></code></pre></div><p>MCP 2025-11-25, <code>Annotations</code>: <code>audience</code>, <code>priority</code>, <code>lastModified</code>.</p><hr><h3 id="meta" tabindex="-1">meta? <a class="header-anchor" href="#meta" aria-label="Permalink to “meta?”">​</a></h3><div class="language-ts"><button title="Copy code" data-copied="Copied" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light github-dark" style="--shiki-light:#24292e;--shiki-dark:#e1e4e8;--shiki-light-bg:#fff;--shiki-dark-bg:#24292e;" tabindex="0" dir="ltr" v-pre=""><code><span class="line"><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;">readonly meta</span><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">?:</span><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;"> JsonObject;</span></span></code></pre></div><p><code>_meta</code> of the block. An embedded resource adds its own members, unless the block has them.</p></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("reference/library/interfaces/_toolyard_core.BlockRemarks.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var _toolyard_core_BlockRemarks_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, _toolyard_core_BlockRemarks_default as default };

import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/reference/library/types/_toolyard_core.ToolChangePolicy.md
var __pageData = JSON.parse("{\"title\":\"Type Alias: ToolChangePolicy\",\"description\":\"\",\"frontmatter\":{},\"headers\":[],\"relativePath\":\"reference/library/types/_toolyard_core.ToolChangePolicy.md\",\"filePath\":\"reference/library/types/_toolyard_core.ToolChangePolicy.md\"}");
var _sfc_main = { name: "reference/library/types/_toolyard_core.ToolChangePolicy.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="type-alias-toolchangepolicy" tabindex="-1">Type Alias: ToolChangePolicy <a class="header-anchor" href="#type-alias-toolchangepolicy" aria-label="Permalink to “Type Alias: ToolChangePolicy”">​</a></h1><div class="language-ts"><button title="Copy code" data-copied="Copied" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light github-dark" style="--shiki-light:#24292e;--shiki-dark:#e1e4e8;--shiki-light-bg:#fff;--shiki-dark-bg:#24292e;" tabindex="0" dir="ltr" v-pre=""><code><span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">type</span><span style="--shiki-light:#6F42C1;--shiki-dark:#B392F0;"> ToolChangePolicy</span><span style="--shiki-light:#c62739;--shiki-dark:#F97583;"> =</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;ACCEPT&quot;</span><span style="--shiki-light:#c62739;--shiki-dark:#F97583;"> |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;WARN&quot;</span><span style="--shiki-light:#c62739;--shiki-dark:#F97583;"> |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;QUARANTINE&quot;</span><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;">;</span></span></code></pre></div><p>Handling of new or changed tools in a refresh. ACCEPT accepts them. WARN accepts them and notifies in the feed. QUARANTINE notifies too, and keeps the definition in force, or none, until an operator approves the new one. A definition with hidden text (<code>McpTool.warnings</code>) is new or changed like any other, even if only hidden text has changed.</p></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("reference/library/types/_toolyard_core.ToolChangePolicy.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var _toolyard_core_ToolChangePolicy_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, _toolyard_core_ToolChangePolicy_default as default };

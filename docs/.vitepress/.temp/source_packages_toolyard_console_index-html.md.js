import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/source/packages/toolyard/console/index-html.md
var __pageData = JSON.parse("{\"title\":\"packages/toolyard/console/index.html\",\"description\":\"\",\"frontmatter\":{\"search\":false,\"editLink\":false},\"headers\":[],\"relativePath\":\"source/packages/toolyard/console/index-html.md\",\"filePath\":\"source/packages/toolyard/console/index-html.md\"}");
var _sfc_main = { name: "source/packages/toolyard/console/index-html.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="packagestoolyardconsoleindexhtml" tabindex="-1">packages/toolyard/console/index.html <a class="header-anchor" href="#packagestoolyardconsoleindexhtml" aria-label="Permalink to “packages/toolyard/console/index.html”">​</a></h1><div class="language-txt"><button title="Copy code" data-copied="Copied" class="copy"></button><span class="lang">txt</span><pre class="shiki shiki-themes github-light github-dark" style="--shiki-light:#24292e;--shiki-dark:#e1e4e8;--shiki-light-bg:#fff;--shiki-dark-bg:#24292e;" tabindex="0" dir="ltr" v-pre=""><code><span class="line"><span>&lt;!doctype html&gt;</span></span>
<span class="line"><span>&lt;html lang=&quot;en&quot;&gt;</span></span>
<span class="line"><span>  &lt;head&gt;</span></span>
<span class="line"><span>    &lt;meta charset=&quot;utf-8&quot; /&gt;</span></span>
<span class="line"><span>    &lt;meta name=&quot;viewport&quot; content=&quot;width=device-width, initial-scale=1&quot; /&gt;</span></span>
<span class="line"><span>    &lt;meta name=&quot;color-scheme&quot; content=&quot;light dark&quot; /&gt;</span></span>
<span class="line"><span>    &lt;meta name=&quot;referrer&quot; content=&quot;no-referrer&quot; /&gt;</span></span>
<span class="line"><span>    &lt;link rel=&quot;icon&quot; href=&quot;/favicon.svg&quot; type=&quot;image/svg+xml&quot; /&gt;</span></span>
<span class="line"><span>    &lt;title&gt;toolyard&lt;/title&gt;</span></span>
<span class="line"><span>  &lt;/head&gt;</span></span>
<span class="line"><span>  &lt;body&gt;</span></span>
<span class="line"><span>    &lt;div id=&quot;root&quot;&gt;&lt;/div&gt;</span></span>
<span class="line"><span>    &lt;noscript&gt;The toolyard console requires JavaScript. The API is at /graphql.&lt;/noscript&gt;</span></span>
<span class="line"><span>    &lt;script type=&quot;module&quot; src=&quot;/src/main.tsx&quot;&gt;&lt;/script&gt;</span></span>
<span class="line"><span>  &lt;/body&gt;</span></span>
<span class="line"><span>&lt;/html&gt;</span></span></code></pre></div></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("source/packages/toolyard/console/index-html.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var index_html_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, index_html_default as default };

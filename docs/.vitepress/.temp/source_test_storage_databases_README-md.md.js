import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/source/test/storage/databases/README-md.md
var __pageData = JSON.parse("{\"title\":\"test/storage/databases/README.md\",\"description\":\"\",\"frontmatter\":{\"search\":false,\"editLink\":false},\"headers\":[],\"relativePath\":\"source/test/storage/databases/README-md.md\",\"filePath\":\"source/test/storage/databases/README-md.md\"}");
var _sfc_main = { name: "source/test/storage/databases/README-md.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="teststoragedatabasesreadmemd" tabindex="-1">test/storage/databases/README.md <a class="header-anchor" href="#teststoragedatabasesreadmemd" aria-label="Permalink to “test/storage/databases/README.md”">​</a></h1><div class="language-txt"><button title="Copy code" data-copied="Copied" class="copy"></button><span class="lang">txt</span><pre class="shiki shiki-themes github-light github-dark" style="--shiki-light:#24292e;--shiki-dark:#e1e4e8;--shiki-light-bg:#fff;--shiki-dark-bg:#24292e;" tabindex="0" dir="ltr" v-pre=""><code><span class="line"><span># Databases of earlier versions</span></span>
<span class="line"><span></span></span>
<span class="line"><span>One file for each version of the schema, made by the library of that version, and beside it, as JSON, what that library</span></span>
<span class="line"><span>answered of it. \`test/storage/migrations.test.ts\` opens a copy of each with the library of today and compares.</span></span>
<span class="line"><span></span></span>
<span class="line"><span>| database | version of the schema | made by |</span></span>
<span class="line"><span>|---|---|---|</span></span>
<span class="line"><span>| \`0001_initial.db\` | the first release | commit e707a2e |</span></span>
<span class="line"><span>| \`0002_sessions.db\` | pooled sessions: children, intervals, packed events, notes of runs that have begun | commit 409c28f |</span></span>
<span class="line"><span>| \`0003_durable_jobs.db\` | durable jobs: owners of jobs, a journal of runs, what is recorded of them; the last one with secrets in clear | commit 6faa58f |</span></span>
<span class="line"><span>| \`0004_tenants.db\` | tenants, sealed secrets, tools that wait for approval, the audit | commit c52d4a3 |</span></span>
<span class="line"><span>| \`0005_cancel_requests.db\` | requests to cancel a job of another process | commit 2c03f61 |</span></span>
<span class="line"><span>| \`0006_leases.db\` | leases of nodes, who cancelled, one refresh of a server at a time | commit dc03bb9 |</span></span>
<span class="line"><span>| \`0007_trace_ids.db\` | ids of the traces of runs | commit 41acc56 |</span></span>
<span class="line"><span>| \`0008_search.db\` | words of servers and tools | commit fe0aefc |</span></span>
<span class="line"><span>| \`0010_quotas.db\` | counts of a server&#39;s tools and their bytes | commit 21553ab |</span></span>
<span class="line"><span>| \`0011_audit_counts.db\` | counts of equal refusals in the audit | commit 8b1d96c |</span></span>
<span class="line"><span>| \`0012_oauth.db\` | OAuth grants, clients and flows, all of them empty | commit 67789a1 |</span></span>
<span class="line"><span>| \`0013_features.db\` | resources, resource templates and prompts, none of them | commit 3978889 |</span></span>
<span class="line"><span>| \`0014_pauses.db\` | runs that wait for an approval, and hints that are held, none of them | commit 4aaed1b |</span></span>
<span class="line"><span>| \`0015_input_pauses.db\` | runs whose server asks for input, none of them | commit 1d77793 |</span></span>
<span class="line"><span>| \`0016_feature_search.db\` | words of resources, templates and prompts | commit de9ace2 |</span></span>
<span class="line"><span></span></span>
<span class="line"><span>Each holds three servers (stdio, disabled SSE, Streamable HTTP with secrets, labels and timeouts), tools with settings</span></span>
<span class="line"><span>and one that its server no longer lists, refreshes that changed something and one that failed, runs of every end, one of</span></span>
<span class="line"><span>them with an idempotency key, the logs of all of that, and the feed. Its process was killed: it left a refresh and a</span></span>
<span class="line"><span>run under way, a run that was queued behind a dial without an end, and a run that had been sent a moment before (in</span></span>
<span class="line"><span>0003 no more than notes in \`run_journal\`, in 0002 than one in \`started_runs\`; in 0001 a run like the first). The JSON</span></span>
<span class="line"><span>has those as the library of that version settled them.</span></span>
<span class="line"><span></span></span>
<span class="line"><span>The secrets are sealed with \`databaseKey\` (\`answers.ts\`) from 0004 on; before that they were in clear.</span></span>
<span class="line"><span></span></span>
<span class="line"><span>## To add one</span></span>
<span class="line"><span></span></span>
<span class="line"><span>A version that is about to be released gets its database before its schema changes again:</span></span>
<span class="line"><span></span></span>
<span class="line"><span>\`\`\`sh</span></span>
<span class="line"><span>npm run build</span></span>
<span class="line"><span>node test/storage/databases/make-database.ts 0004_name   # the name of its last migration</span></span>
<span class="line"><span>npm run format</span></span>
<span class="line"><span>\`\`\`</span></span>
<span class="line"><span></span></span>
<span class="line"><span>To make one of an earlier version anew: check that commit out (\`git worktree add\`), install and build it, copy</span></span>
<span class="line"><span>\`make-database.ts\`, \`answers.ts\` and \`test/fixtures/every-page.ts\` of today to the same places there, run the script</span></span>
<span class="line"><span>there, and bring the \`.db\` and \`.json\` back. The script type-checks against today&#39;s library and asks only for what</span></span>
<span class="line"><span>every version has. It puts the write-ahead log into the file, and the file into pages of 1 KiB to keep it small.</span></span></code></pre></div></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("source/test/storage/databases/README-md.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var README_md_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, README_md_default as default };

# syntax=docker/dockerfile:1

ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/core/package.json packages/core/
COPY packages/graphql/package.json packages/graphql/
COPY packages/toolyard/package.json packages/toolyard/
COPY packages/toolyard/console/package.json packages/toolyard/console/
# What would be run at the installation are downloads that only the tests need.
RUN npm ci --ignore-scripts
COPY tsconfig.base.json ./
COPY docs docs
COPY packages/core packages/core
COPY packages/graphql packages/graphql
COPY packages/toolyard packages/toolyard
RUN npm run build:program \
  && npm run build:console \
  && npm prune --omit=dev --ignore-scripts \
  && mv packages/toolyard/console/dist console \
  && rm -rf packages/*/src packages/*/scripts packages/*/*.tsbuildinfo packages/toolyard/console node_modules/@toolyard/console \
  && rm -rf console/.vite && mkdir packages/toolyard/console && mv console packages/toolyard/console/dist

FROM ${NODE_IMAGE}
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="toolyard" \
  org.opencontainers.image.description="Registry and execution engine for MCP servers, with a GraphQL API" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"

# tini forwards signals, and collects what stdio servers leave behind.
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini=0.19.0-* \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 10001 toolyard \
  && useradd --uid 10001 --gid 10001 --create-home --shell /usr/sbin/nologin toolyard \
  && install --directory --owner=10001 --group=10001 --mode=0700 /data

WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/packages packages
COPY LICENSE ./

# Reached from outside, it asks for API keys; the file has none until `toolyard keys add` makes one. The grace leaves
# `docker stop` the time to wait for the exit.
ENV NODE_ENV=production \
  PATH=/app/node_modules/.bin:${PATH} \
  TOOLYARD_HOST=0.0.0.0 \
  TOOLYARD_PORT=4000 \
  TOOLYARD_DATABASE_URL=sqlite:/data/toolyard.db \
  TOOLYARD_API_KEYS=/data/keys.json \
  TOOLYARD_SHUTDOWN_GRACE_MS=7000

USER 10001:10001
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TOOLYARD_PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "toolyard"]
CMD ["serve"]

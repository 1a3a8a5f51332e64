# Bailiwick in a container: the workspace as it is, production dependencies only, nothing compiled (Node runs the TypeScript; `pnpm deploy` would put it inside
# node_modules, where Node refuses to strip types). Runs as uid 10001 on a read-only root file system; writes to the data folder, and to /tmp when the
# supervised policy engine is used. The base image is named by tag: pin it by digest (`--build-arg NODE_IMAGE=node:...@sha256:...`) before production.
ARG NODE_IMAGE=node:26.10.0-trixie-slim

FROM ${NODE_IMAGE} AS install
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages packages
COPY services services
RUN npx --yes pnpm@12.21.0 install --prod --frozen-lockfile

FROM install AS install-demo
COPY examples examples
RUN npx --yes pnpm@12.21.0 install --prod --frozen-lockfile
RUN for party in config tls idp portal agents stage; do install -d -o 10001 -g 10001 -m 0700 /desk/$party; done

FROM ${NODE_IMAGE} AS base
RUN install -d -o 10001 -g 10001 -m 0700 /var/lib/bailiwick /var/lib/bailiwick-keys \
 && printf '#!/bin/sh\nexec node --max-semi-space-size=8 --v8-pool-size=1 /app/packages/cli/src/main.ts "$@"\n' > /usr/local/bin/bailiwick \
 && chmod 0755 /usr/local/bin/bailiwick
WORKDIR /app
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
USER 10001:10001

# The story of the support desk, played once: `docker run --rm --network none <image>`. Also each of its programs by itself (docker-compose.yml, profile `desk`):
# the empty folders give the volumes that are mounted there their owner.
FROM base AS demo
COPY --from=install-demo /app /app
COPY --from=install-demo --chown=10001:10001 /desk /desk
COPY policies policies
ENTRYPOINT ["node", "examples/support-desk/src/demo.ts"]

# The product. In clear it listens on loopback only, and a gateway reaches it in the same network namespace (docker-compose.yml); over TLS on a network of its own
# (docker-compose.apart.yml); never through a published port.
FROM base AS bailiwick
COPY --from=install /app /app
COPY policies policies
ENV BAILIWICK_CONFIG=/etc/bailiwick/bailiwick.yaml
VOLUME /var/lib/bailiwick
# The operators' plane; another port in bailiwick.yaml needs another one here (compose: `healthcheck`).
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8422/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["bailiwick"]
CMD ["serve"]

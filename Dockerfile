# Pinned to the minor of the LTS, so that an image changes when this line does.
ARG NODE=node:26.10-trixie-slim

# No package has code for one architecture, so it is built on that of the machine.
FROM --platform=$BUILDPLATFORM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM ${NODE}
# For definitions from a git repository.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git openssh-client \
    && rm -rf /var/lib/apt/lists/*
COPY package.json LICENSE /app/
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
# Records, the hash key and clones. Nothing else is written, except below /tmp with an embedded tenant and by commands
# that clone a repository for themselves.
RUN install --directory --owner=node --group=node --mode=0700 /var/lib/c1sync
VOLUME /var/lib/c1sync
# By these two, and not by C1SYNC_ variables, which would win over a settings file: state goes to /var/lib/c1sync,
# definitions are read from /definitions, settings from /c1sync.yaml if there is one.
ENV NODE_ENV=production XDG_STATE_HOME=/var/lib
WORKDIR /

# The user "node", by number: Kubernetes can then tell that it is not root.
USER 1000:1000
LABEL org.opencontainers.image.title="c1sync" \
    org.opencontainers.image.description="Keeps a ConductorOne tenant in sync with a directory of YAML" \
    org.opencontainers.image.licenses="Apache-2.0"
STOPSIGNAL SIGTERM
# The daemon renews the lock of its state every two seconds. One that hangs, or has lost its state, does not.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD find /var/lib/c1sync /tmp -name state.lock -mmin -0.5 2>/dev/null | grep -q .
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["run"]

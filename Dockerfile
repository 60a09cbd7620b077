# syntax=docker/dockerfile:1

# Firstkey in a container: docker build --tag firstkey --build-arg FIRSTKEY_COMMIT=$(git rev-parse HEAD) .
# How to run it: docs/install.md and compose.yaml.

FROM docker.io/library/rust:1-bookworm AS build
WORKDIR /src

# What we depend on, in a layer of its own, which stays until Cargo.lock changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir -p src benches/load \
    && touch src/lib.rs \
    && for program in src/main benches/lists benches/enumeration benches/load/main; do \
           echo 'fn main() {}' > "$program.rs"; \
       done \
    && cargo build --locked --profile dist

COPY . .
# Shown by `firstkey --version`, which tells no time, so that the same source gives the same program.
ARG FIRSTKEY_COMMIT=
# The files are as old as they are, and may be older than what stood in for them.
RUN touch src/lib.rs src/main.rs \
    && cargo build --locked --profile dist \
    && mkdir -m 700 /state

# The C library of the same Debian, root certificates, and no shell.
FROM gcr.io/distroless/cc-debian12
ARG FIRSTKEY_COMMIT=
LABEL org.opencontainers.image.title="Firstkey" \
      org.opencontainers.image.description="An OpenID Connect provider that turns a Temporary Access Pass into passkeys" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="$FIRSTKEY_COMMIT"
COPY --from=build /src/target/dist/firstkey /usr/local/bin/firstkey
COPY --from=build /src/LICENSE /usr/share/doc/firstkey/LICENSE
# A number, so that Kubernetes can see that it is not root. A volume takes its owner over.
COPY --from=build --chown=65532:65532 /state /var/lib/firstkey
USER 65532:65532
WORKDIR /var/lib/firstkey
VOLUME /var/lib/firstkey
ENV FIRSTKEY_LISTEN=0.0.0.0:8080 \
    FIRSTKEY_DATABASE=sqlite:/var/lib/firstkey/firstkey.db \
    FIRSTKEY_SECRET_FILE=/var/lib/firstkey/firstkey.secret
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 \
    CMD ["/usr/local/bin/firstkey", "health"]
ENTRYPOINT ["/usr/local/bin/firstkey"]
CMD ["serve"]

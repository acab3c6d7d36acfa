# Strowger in a container: built from this repository alone, runs as a user of its own.
#   docker build -t strowger .
#   docker run --rm --network host -e ALICE_PASSWORD -e BOB_PASSWORD -v strowger:/var/lib/strowger strowger

FROM rust:1.95.0-slim-bookworm AS build
# The image's own toolchain is the pinned one: rustup needs to fetch nothing.
ENV RUSTUP_TOOLCHAIN=1.95.0
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked -p strowger && cp target/dist/strowger /strowger

FROM debian:bookworm-slim
RUN useradd --system --create-home --home-dir /var/lib/strowger strowger
COPY --from=build /strowger /usr/local/bin/strowger
COPY config /etc/strowger
USER strowger
# The ledger, the recordings and the control socket, by config/docker.toml.
WORKDIR /var/lib/strowger
VOLUME /var/lib/strowger
EXPOSE 5060/udp 5060/tcp 16384-32767/udp
# Ctrl-C and `docker stop` drain: running calls may finish.
STOPSIGNAL SIGINT
ENTRYPOINT ["strowger"]
CMD ["run", "--config", "/etc/strowger/docker.toml"]

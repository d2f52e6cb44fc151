FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
COPY internal/conntrack internal/conntrack
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION
# The controller's build links no cloud SDK: see docs/development.md, "Two builds".
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -tags controller,grpcnotrace -trimpath -buildvcs=false -ldflags "-s -w -X main.release=$VERSION" -o /highwater ./cmd/highwater

# It holds certificate authorities and time zones, and nothing that runs.
FROM gcr.io/distroless/static-debian13:nonroot
COPY --from=build /highwater /highwater
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/highwater"]
CMD ["serve"]

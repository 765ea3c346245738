# The program with its embedded model.
#
#   docker build -t wyoming-lfm2 .
#   docker run --network host -v wyoming-lfm2:/cache wyoming-lfm2
#
# --network host lets zeroconf reach Home Assistant; without it publish the port (-p 10300:10300) and add the server
# by hand. /cache keeps downloads, what is made of them (the depthformer), and an id, so that the container, made anew,
# is no new device for Home Assistant; nothing else is written, so --read-only is possible. Settings:
# -e WYOMING_LFM2_SECTION_KEY=..., or mount a file at /etc/wyoming-lfm2.yaml. Set the uri in one of these two ways
# (-e WYOMING_LFM2_SERVICE_URI=...), not with --uri: the health check does not see options, and would ask port 10300.

FROM python:3.12-slim AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
# Not for the building machine's processor: the image can be carried to another one. On x86 that means AVX2. For a
# processor without it or without AVX, as many a Celeron, Pentium and Atom, build with
#   --build-arg GGML="-DGGML_AVX=OFF -DGGML_AVX2=OFF -DGGML_BMI2=OFF -DGGML_F16C=OFF -DGGML_FMA=OFF"
# (the program says which of them it takes; one from before 2009 may need -DGGML_SSE42=OFF, too). Where it is built on the
# machine it runs on, -DGGML_NATIVE=ON is the fastest.
ARG GGML=""
ENV CMAKE_ARGS="-DGGML_NATIVE=OFF ${GGML}"
# llama.cpp first: its layer stays when only the program changes. The versions are those that the tests ran with.
COPY pyproject.toml constraints.txt /src/
RUN python -m venv /opt/wyoming-lfm2 \
    && CMAKE_BUILD_PARALLEL_LEVEL="$(nproc)" /opt/wyoming-lfm2/bin/pip install --no-cache-dir \
       --constraint /src/constraints.txt "$(grep -o 'llama-cpp-python==[0-9.]*' /src/pyproject.toml)"
COPY . /src
RUN /opt/wyoming-lfm2/bin/pip install --no-cache-dir --constraint /src/constraints.txt /src

FROM python:3.12-slim
# libgomp: llama.cpp's threads.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10300 wyoming \
    && install --directory --owner wyoming /cache
COPY --from=build /opt/wyoming-lfm2 /opt/wyoming-lfm2
ENV PATH=/opt/wyoming-lfm2/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/cache \
    WYOMING_LFM2_MODEL_CACHE=/cache
USER wyoming
VOLUME /cache
EXPOSE 10300
# The first start may download a model, for which systemd/wyoming-lfm2.service leaves as much time. As soon as the server
# answers it counts as healthy, and only from then on, or after that time, as unhealthy.
HEALTHCHECK --interval=60s --timeout=15s --start-period=1h CMD ["wyoming-lfm2", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["wyoming-lfm2"]
CMD ["serve"]

from ingest.extract.addresses import host_of


def test_hosts():
    assert host_of("https://en.courier.example/a") == "courier.example"
    assert host_of("http://[broken") is None
    assert host_of(None) is None

# The Debian package: cpack -G DEB --config BUILD/CPackConfig.cmake
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON) # packing builds nothing: what is built is packed
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rulegap)
set(CPACK_PACKAGE_CONTACT "the rulegap developers <maintainers@rulegap.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "find missing firewall rules by looking at traffic")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "rulegap compares packet captures, or the traffic of a mirror port, with a
vendor's endpoint list: the hosts and ports that an application needs. It
finds what is dropped, reset, refused or filtered on the way, keeps the
packets that prove it, and says which firewall rules are missing, for whom,
and how that is known.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "sqlite3, tcpdump, wireshark-common")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/packaging/deb/postinst ${PROJECT_SOURCE_DIR}/packaging/deb/prerm
	${PROJECT_SOURCE_DIR}/packaging/deb/postrm)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/packaging/deb/tidy.cmake)
set(CPACK_RULEGAP_SOURCE ${PROJECT_SOURCE_DIR})
include(CPack)

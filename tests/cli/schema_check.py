"""The part of JSON Schema 2020-12 that schema/report.schema.json uses; what is not known is an error."""
import json
import os
import re

from common import SOURCE

TYPES = {'object': dict, 'array': list, 'string': str, 'null': type(None), 'boolean': bool, 'integer': int}
WORDS = {'$schema', '$id', '$defs', '$ref', 'title', 'description', 'type', 'required', 'additionalProperties', 'properties', 'items',
         'enum', 'const', 'pattern', 'minimum', 'maximum', 'minItems', 'maxItems', 'anyOf'}

with open(os.path.join(SOURCE, 'schema', 'report.schema.json'), encoding='utf-8') as f:
	ROOT = json.load(f)


def is_type(value, name):
	if name == 'integer' and isinstance(value, bool):
		return False
	return isinstance(value, TYPES[name])


def faults(value, schema=ROOT, where='$'):
	"""What is wrong with value, as a list of sentences."""
	assert set(schema) <= WORDS, set(schema) - WORDS
	found = []
	if '$ref' in schema:
		found += faults(value, ROOT['$defs'][schema['$ref'].rsplit('/', 1)[1]], where)
	if 'anyOf' in schema and all(faults(value, s, where) for s in schema['anyOf']):
		found.append('%s: %r is none of the kinds allowed' % (where, value))
	types = schema.get('type', [])
	types = [types] if isinstance(types, str) else types
	if types and not any(is_type(value, t) for t in types):
		return found + ['%s: %r is no %s' % (where, value, '/'.join(types))]
	if 'enum' in schema and value not in schema['enum'] or 'const' in schema and value != schema['const']:
		found.append('%s: %r is not allowed' % (where, value))
	if isinstance(value, str) and not re.search(schema.get('pattern', ''), value):
		found.append('%s: %r is not like %s' % (where, value, schema['pattern']))
	if isinstance(value, int) and not schema.get('minimum', value) <= value <= schema.get('maximum', value):
		found.append('%s: %r is out of range' % (where, value))
	if isinstance(value, list):
		if not schema.get('minItems', 0) <= len(value) <= schema.get('maxItems', len(value)):
			found.append('%s: %d items' % (where, len(value)))
		for n, item in enumerate(value):
			found += faults(item, schema.get('items', {}), '%s[%d]' % (where, n))
	if isinstance(value, dict):
		known = schema.get('properties', {})
		found += ['%s: no %s' % (where, k) for k in schema.get('required', []) if k not in value]
		if schema.get('additionalProperties', True) is False:
			found += ['%s: unknown %s' % (where, k) for k in value if k not in known]
		for k, v in value.items():
			found += faults(v, known.get(k, {}), where + '.' + k)
	return found
